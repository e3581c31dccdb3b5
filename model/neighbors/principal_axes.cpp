#include "model/neighbors/principal_axes.hpp"

#include <Eigen/Dense>
#include <algorithm>

#include "model/data/sample.hpp"

namespace o2v::model {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr std::int64_t kMostRows = 10'000;
constexpr std::int64_t kSubspace = 8;  // more than two axes, so that those two settle soon
constexpr int kIterations = 40;

// Columns at right angles, of length 1, that span the same.
Matrix orthonormal(const Matrix& basis) {
    const Eigen::MatrixXf columns = basis;
    return Eigen::HouseholderQR<Eigen::MatrixXf>(columns).householderQ() *
           Eigen::MatrixXf::Identity(columns.rows(), columns.cols());
}

}  // namespace

Projection principal_axes(Rows rows) {
    const std::vector<float> values = chosen_rows(rows, data::sample_of(rows.count, kMostRows, 1));
    Matrix sample = Eigen::Map<const Matrix>(values.data(),
                                             static_cast<std::int64_t>(values.size()) / rows.dim, rows.dim);
    const Eigen::RowVectorXd mean = sample.cast<double>().colwise().mean();
    sample.rowwise() -= mean.cast<float>();
    const double variance = sample.cast<double>().squaredNorm();

    Projection projection;
    projection.points.resize(static_cast<std::size_t>(rows.count));
    if (!(variance > 0)) return projection;
    const std::int64_t width = std::min(kSubspace, rows.dim);
    // Any start that is not at right angles to the axes; the rows themselves hardly are.
    Matrix basis = Matrix::Identity(rows.dim, width);
    for (std::int64_t row = 0; row < rows.dim; ++row)
        for (std::int64_t i = 0; i < width; ++i)
            basis(row, i) += 0.01f * static_cast<float>((row * 7 + i * 3) % 11);
    for (int i = 0; i < kIterations; ++i) {
        basis = orthonormal(basis);
        const Matrix along = sample * basis;
        basis = sample.transpose() * along;
    }
    basis = orthonormal(basis);
    const Eigen::MatrixXd along = (sample * basis).cast<double>();
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> ritz(along.transpose() * along);  // ascending
    const std::int64_t axes = std::min<std::int64_t>(2, width);
    for (std::int64_t axis = 0; axis < axes; ++axis) {
        const std::int64_t column = width - 1 - axis;
        Eigen::VectorXd direction = basis.cast<double>() * ritz.eigenvectors().col(column);
        Eigen::Index largest = 0;
        direction.cwiseAbs().maxCoeff(&largest);
        if (direction[largest] < 0) direction = -direction;
        const auto at = static_cast<std::size_t>(axis);
        projection.explained[at] = std::max(0.0, ritz.eigenvalues()[column]) / variance;
        for (std::int64_t row = 0; row < rows.count; ++row) {
            const Eigen::Map<const Eigen::RowVectorXf> vector(rows[row].data(), rows.dim);
            projection.points[static_cast<std::size_t>(row)][at] =
                static_cast<float>((vector.cast<double>() - mean).dot(direction));
        }
    }
    return projection;
}

}  // namespace o2v::model
