// Addresses and networks that the configuration trusts: "192.0.2.1", "10.0.0.0/8", "2001:db8::/32".
//
// Decides which address is the client's where proxies stand before the gateway. Leaves what follows
// from it to the server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"

namespace livegate::policy {

class AddressList {
 public:
  // The error is one sentence that names the entry.
  [[nodiscard]] static Result<AddressList, std::string> parse(
      const std::vector<std::string>& entries);

  [[nodiscard]] bool contains(const IpAddress& address) const;
  [[nodiscard]] bool empty() const { return networks_.empty(); }

 private:
  struct Network {
    IpAddress address;
    int bits;  // of the 128
  };
  std::vector<Network> networks_;
};

// The client's address: `peer`, unless that is a trusted proxy's; then the right-most address of
// `forwarded_for` (X-Forwarded-For) that is no trusted proxy's. What stands left of it, or of an
// entry that is no address, may be anybody's invention.
[[nodiscard]] std::string client_address(std::string_view peer, std::string_view forwarded_for,
                                         const AddressList& proxies);

}  // namespace livegate::policy
