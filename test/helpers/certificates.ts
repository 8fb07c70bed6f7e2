import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Why no certificates can be made here; undefined when they can. */
export const certificateObstacle =
  spawnSync('openssl', ['version'], { stdio: 'ignore' }).status === 0 ? undefined : 'openssl is not there';

/** PEM, as text. */
export interface Certificate {
  crt: string;
  key: string;
}

function openssl(dir: string, ...args: string[]): void {
  execFileSync('openssl', args, { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Makes a certificate authority, and by it one certificate for each of the names. */
export function makeCertificates<Name extends string>(
  dir: string,
  names: readonly Name[],
): { ca: string; of: Record<Name, Certificate> } {
  const key = ['-newkey', 'rsa:2048', '-nodes'];
  openssl(dir, 'req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=ca', '-days', '2');
  writeFileSync(join(dir, 'leaf.cnf'), 'basicConstraints=CA:FALSE\nsubjectAltName=DNS:localhost\n');
  const read = (file: string): string => readFileSync(join(dir, file), 'utf8');
  const made = names.map((name): [Name, Certificate] => {
    openssl(dir, 'req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const signer = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'leaf.cnf', '-days', '2'];
    openssl(dir, 'x509', '-req', '-in', `${name}.csr`, '-out', `${name}.crt`, ...signer);
    return [name, { crt: read(`${name}.crt`), key: read(`${name}.key`) }];
  });
  return { ca: read('ca.crt'), of: Object.fromEntries(made) as Record<Name, Certificate> };
}
