#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "model/data/durable_file.hpp"
#include "orchestrator/machine.hpp"
#include "orchestrator/pilot_port.hpp"
#include "search/study/errors.hpp"
#include "worker/pilot/wire/proof.hpp"
#include "worker/pilot/wire/stream.hpp"
#include "worker/protocol/pilot_messages.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string file_of(const std::string& folder) {
    return folder + "/pilots/keys.json";
}

// Files that are written meanwhile are for their owner alone.
class ForOwnerAlone {
  public:
    ForOwnerAlone() : former_(umask(0077)) {}
    ~ForOwnerAlone() { umask(former_); }
    ForOwnerAlone(const ForOwnerAlone&) = delete;
    ForOwnerAlone& operator=(const ForOwnerAlone&) = delete;

  private:
    mode_t former_;
};

PilotKeys new_keys(const std::string& study) {
    PilotKeys keys;
    keys.token = "o2v-" + study + '-' + pilot::to_hex(pilot::random_bytes()).substr(0, 12);
    keys.secret = pilot::to_hex(pilot::random_bytes());
    keys.beacon = pilot::to_hex(pilot::random_bytes());
    pilot::Certificate certificate = pilot::make_certificate();
    keys.tls_key = std::move(certificate.key);
    keys.tls_certificate = std::move(certificate.certificate);
    keys.fingerprint = std::move(certificate.fingerprint);
    return keys;
}

}  // namespace

PilotKeys load_pilot_keys(const std::string& folder, const std::string& study) {
    if (!fs::exists(file_of(folder))) {
        PilotKeys keys = new_keys(study);
        save_pilot_keys(folder, keys);
        return keys;
    }
    try {
        const Json json = Json::parse(data::read_sealed(file_of(folder)));
        PilotKeys keys;
        for (const auto& [name, field] : {std::pair{"token", &keys.token},
                                          {"secret", &keys.secret},
                                          {"beacon", &keys.beacon},
                                          {"tls_key", &keys.tls_key},
                                          {"tls_certificate", &keys.tls_certificate},
                                          {"fingerprint", &keys.fingerprint}})
            *field = json.at(name).get<std::string>();
        keys.port = json.at("port").get<std::uint16_t>();
        return keys;
    } catch (const Json::exception& e) {
        throw StorageError(file_of(folder) + ": is damaged (" + e.what() +
                           "); remove it, and cancel the pilots that still know it");
    }
}

void save_pilot_keys(const std::string& folder, const PilotKeys& keys) {
    const ForOwnerAlone private_files;
    fs::create_directories(folder + "/pilots");
    const Json json{{"token", keys.token},
                    {"secret", keys.secret},
                    {"beacon", keys.beacon},
                    {"port", keys.port},
                    {"tls_key", keys.tls_key},
                    {"tls_certificate", keys.tls_certificate},
                    {"fingerprint", keys.fingerprint}};
    data::write_sealed(file_of(folder), json.dump() + '\n');
    data::write_durably(folder + '/' + protocol::kBeacon, keys.beacon);
}

std::vector<std::string> own_addresses(std::uint16_t port, const std::string& configured) {
    const std::string at = ':' + std::to_string(port);
    if (!configured.empty())
        return {configured.find(':') == std::string::npos ? configured + at : configured};
    std::vector<std::string> addresses;
    const auto add = [&](const std::string& host) {
        const std::string address = host + at;
        if (!host.empty() && std::find(addresses.begin(), addresses.end(), address) == addresses.end())
            addresses.push_back(address);
    };
    ifaddrs* all = nullptr;
    std::string loopback;
    if (getifaddrs(&all) == 0) {
        for (const ifaddrs* one = all; one; one = one->ifa_next) {
            if (!one->ifa_addr || one->ifa_addr->sa_family != AF_INET || (one->ifa_flags & IFF_UP) == 0)
                continue;
            char text[NI_MAXHOST] = {};
            if (getnameinfo(one->ifa_addr, sizeof(sockaddr_in), text, sizeof text, nullptr, 0,
                            NI_NUMERICHOST) != 0)
                continue;
            if (one->ifa_flags & IFF_LOOPBACK)
                loopback = text;
            else
                add(text);
        }
        freeifaddrs(all);
    }
    add(host_name());
    add(loopback);  // a machine of its own; elsewhere nobody there knows the secret
    return addresses;
}

}  // namespace o2v::orchestrator
