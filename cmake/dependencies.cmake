# Debian's packages, or an official LibTorch named by CMAKE_PREFIX_PATH. Says what it found.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(fmt REQUIRED)
find_package(simdjson REQUIRED)
find_package(CLI11 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(SQLiteCpp REQUIRED)
find_package(Eigen3 3.3 REQUIRED NO_MODULE)
pkg_check_modules(hwloc REQUIRED IMPORTED_TARGET hwloc)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
find_package(valijson CONFIG QUIET)

# Boost.Process v2 came with Boost 1.81 (Debian 12: libboost1.81-dev; its default 1.74 is too old). It is
# header-only (over Boost.Filesystem) up to 1.85, and a library from 1.86 on.
find_package(Boost 1.81 CONFIG QUIET COMPONENTS headers filesystem OPTIONAL_COMPONENTS process)
if(NOT Boost_FOUND)
    message(FATAL_ERROR "Boost 1.81 or newer is needed (Boost.Process v2). On Debian 12 install libboost1.81-dev, which "
                        "replaces libboost1.74-dev and what depends on it; on Debian 13 install libboost-dev.")
endif()
message(STATUS "o2v: Boost ${Boost_VERSION} (${Boost_INCLUDE_DIRS})")
add_library(o2v_boost_process INTERFACE)
target_link_libraries(o2v_boost_process INTERFACE Boost::headers Boost::filesystem $<TARGET_NAME_IF_EXISTS:Boost::process>)

if(NOT O2V_WITH_TORCH)
    message(STATUS "o2v: LibTorch is left out (O2V_WITH_TORCH=OFF)")
    return()
endif()

find_package(Torch)
if(NOT Torch_FOUND)
    message(FATAL_ERROR "LibTorch was not found. On Debian install libtorch-dev, or name an unpacked official LibTorch: "
                        "-DCMAKE_PREFIX_PATH=/path/to/libtorch. -DO2V_WITH_TORCH=OFF builds all but training.")
endif()
if(TORCH_CXX_FLAGS MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
    message(FATAL_ERROR "The LibTorch in ${TORCH_INSTALL_PREFIX} is built for the old C++ library interface "
                        "(_GLIBCXX_USE_CXX11_ABI=0) and cannot be linked with this system's packages. Download the one that "
                        "pytorch.org calls \"cxx11 ABI\" (its file is named libtorch-cxx11-abi-shared-with-deps-*.zip; "
                        "2.7 and later are of that kind).")
endif()
if(Torch_VERSION VERSION_LESS 1.13)
    message(FATAL_ERROR "LibTorch 1.13 or newer is needed; the one in ${TORCH_INSTALL_PREFIX} is ${Torch_VERSION}.")
endif()
get_filename_component(o2v_torch_folder "${TORCH_INSTALL_PREFIX}" ABSOLUTE)
if(CUDA_VERSION)
    set(o2v_torch_kind "CUDA ${CUDA_VERSION}")
elseif(CUDAToolkit_VERSION)
    set(o2v_torch_kind "CUDA ${CUDAToolkit_VERSION}")
else()
    set(o2v_torch_kind "CPU only")
endif()
message(STATUS "o2v: LibTorch ${Torch_VERSION}, ${o2v_torch_kind} (${o2v_torch_folder})")

# Several devices for one training: torch.distributed, of which LibTorch's packages do not bring all headers (Debian 12 and
# 13: libgloo-dev; NVIDIA's libnccl-dev). Without them one training runs on one device.
include(CheckCXXSourceCompiles)
find_library(O2V_GLOO_LIBRARY gloo)
mark_as_advanced(O2V_GLOO_LIBRARY)
set(CMAKE_REQUIRED_LIBRARIES ${TORCH_LIBRARIES})
if(O2V_GLOO_LIBRARY AND o2v_torch_folder STREQUAL "/usr")
    list(APPEND CMAKE_REQUIRED_LIBRARIES ${O2V_GLOO_LIBRARY})
endif()
set(CMAKE_REQUIRED_FLAGS ${TORCH_CXX_FLAGS})
check_cxx_source_compiles("#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
int main() { return c10d::ProcessGroupGloo::createDeviceForHostname(\"127.0.0.1\") == nullptr; }" O2V_WITH_GLOO)
if(CUDA_VERSION OR CUDAToolkit_VERSION)
    check_cxx_source_compiles("#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
int main() { return sizeof(c10d::ProcessGroupNCCL) == 0; }" O2V_WITH_NCCL)
endif()
add_library(o2v_distributed INTERFACE)
if(O2V_WITH_GLOO AND O2V_GLOO_LIBRARY AND o2v_torch_folder STREQUAL "/usr")
    target_link_libraries(o2v_distributed INTERFACE ${O2V_GLOO_LIBRARY})
endif()
unset(CMAKE_REQUIRED_LIBRARIES)
unset(CMAKE_REQUIRED_FLAGS)
foreach(backend GLOO NCCL)
    if(O2V_WITH_${backend})
        message(STATUS "o2v: devices_per_trial > 1 through ${backend}")
    endif()
endforeach()

# Debian's LibTorch calls whatever libblas.so.3 the alternatives system names; official builds carry their own.
if(NOT o2v_torch_folder STREQUAL "/usr")
    message(STATUS "o2v: BLAS is LibTorch's own")
    return()
endif()
find_library(O2V_BLAS NAMES libblas.so.3)
get_filename_component(o2v_blas "${O2V_BLAS}" REALPATH)
message(STATUS "o2v: BLAS ${o2v_blas}")
if(o2v_blas MATCHES "/blas/libblas")
    message(WARNING "The system's BLAS is the reference one, about 50 times slower: install libopenblas0-pthread")
endif()
