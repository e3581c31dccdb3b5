#include "model/encoder.hpp"

#include "model/bilstm.hpp"
#include "model/hcnn.hpp"
#include "model/pooled_embedding.hpp"

namespace o2v::model {

std::shared_ptr<Encoder> make_encoder(const EncoderOptions& options, std::int64_t enc_dim) {
    switch (options.network) {
        case Network::hcnn:
            return std::make_shared<Hcnn>(options, enc_dim);
        case Network::bilstm:
            return std::make_shared<Bilstm>(options, enc_dim);
        case Network::pooled_embedding:
            break;
    }
    return std::make_shared<PooledEmbedding>(options, enc_dim);
}

}  // namespace o2v::model
