// A certificate for this machine, good for one test: some SDKs insist on TLS.

import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** @param {string} folder where its files go */
export function makeCertificate(folder) {
  const certificate = path.join(folder, 'cert.pem');
  const key = path.join(folder, 'key.pem');
  const request = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2';
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', ...request.split(' '), ...names, ...files], { stdio: 'pipe' });
  return {
    certificate,
    key,
    /** An option for Java, which reads a store of its own kind. */
    trustStore() {
      const store = path.join(folder, 'trust.p12');
      const options = ['-noprompt', '-alias', 'livegate', '-storepass', 'changeit'];
      const files = ['-file', certificate, '-keystore', store];
      execFileSync('keytool', ['-importcert', ...options, ...files], { stdio: 'pipe' });
      const trusted = '-Djavax.net.ssl.trustStore';
      return `${trusted}=${store} ${trusted}Password=changeit`;
    },
  };
}
