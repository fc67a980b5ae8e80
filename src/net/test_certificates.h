// For tests only: a certificate authority made on the spot, and certificates for names and
// addresses by it.
#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace livegate::net::test {

class Authority {
 public:
  explicit Authority(const std::string& name) : name_(name), key_(EVP_EC_gen("P-256")) {
    folder_ = std::filesystem::temp_directory_path() /
              ("livegate-tls-" + name + "-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    certificate_ = make(name, key_, nullptr, {});
    write_certificate(ca_file(), certificate_);
  }
  ~Authority() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  [[nodiscard]] std::string ca_file() const { return (folder_ / "ca.pem").string(); }

  struct Files {
    std::string certificate;
    std::string key;
  };
  // `alternatives` in OpenSSL's notation: "DNS:localhost,IP:127.0.0.1".
  Files issue(const std::string& name, const std::string& alternatives) {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = make(name, key, certificate_, alternatives);
    Files files{(folder_ / (name + ".pem")).string(), (folder_ / (name + ".key")).string()};
    write_certificate(files.certificate, certificate);
    FILE* file = std::fopen(files.key.c_str(), "w");
    if (file == nullptr ||
        PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
      throw std::runtime_error("cannot write " + files.key);
    }
    std::fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return files;
  }

 private:
  X509* make(const std::string& name, EVP_PKEY* key, X509* issuer,
             const std::string& alternatives) {
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509* by = issuer == nullptr ? certificate : issuer;
    X509_set_issuer_name(certificate, X509_get_subject_name(by));
    X509V3_CTX context;
    X509V3_set_ctx(&context, by, certificate, nullptr, nullptr, 0);
    add(certificate, context, NID_basic_constraints,
        issuer == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
    if (!alternatives.empty())
      add(certificate, context, NID_subject_alt_name, alternatives.c_str());
    if (X509_sign(certificate, key_, EVP_sha256()) == 0) throw std::runtime_error("cannot sign");
    return certificate;
  }

  static void add(X509* certificate, X509V3_CTX& context, int kind, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
    if (extension == nullptr) throw std::runtime_error(std::string("no extension from ") + value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  static void write_certificate(const std::string& path, X509* certificate) {
    FILE* file = std::fopen(path.c_str(), "w");
    if (file == nullptr || PEM_write_X509(file, certificate) != 1) {
      throw std::runtime_error("cannot write " + path);
    }
    std::fclose(file);
  }

  std::string name_;
  EVP_PKEY* key_;
  X509* certificate_ = nullptr;
  std::filesystem::path folder_;
  long serial_ = 0;
};

}  // namespace livegate::net::test
