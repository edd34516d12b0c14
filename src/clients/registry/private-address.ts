/** Tells whether a host name is an address inside of some network, or of no use outside of one machine. */
export function isPrivateAddress(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '');
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  if (hostname.startsWith('[')) return isPrivateV6(hostname.slice(1, -1));
  return isPrivateV4(name);
}

/** URLs spell every form of a number (octal, hexadecimal, short) as four decimal parts. */
function isPrivateV4(text: string): boolean {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.\d{1,3}$/.exec(text);
  if (match === null) return false;
  const [first, second, third] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if ([0, 10, 127].includes(first) || first >= 224) return true;
  if (first === 100) return second >= 64 && second < 128;
  if (first === 172) return second >= 16 && second < 32;
  if (first === 192) return second === 168 || (second === 0 && third === 0);
  return (first === 169 && second === 254) || (first === 198 && (second === 18 || second === 19));
}

/** Loopback, unspecified, unique local (fc00::/7), link- and site-local (fe80::/9), multicast, and addresses of version 4 in disguise. */
function isPrivateV6(text: string): boolean {
  const address = text.toLowerCase();
  if (address === '::' || address === '::1') return true;
  if (/^(?:f[cd]|fe[89a-f]|ff)/.test(address)) return true;
  // 6to4 and the translations of a network's own, which may lead anywhere in it.
  if (/^(?:2002:|64:ff9b:1:)/.test(address)) return true;
  const mapped = /^(?:::(?:ffff:)?|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address);
  if (mapped === null) return false;
  const number = Number.parseInt(mapped[1] ?? '', 16) * 65_536 + Number.parseInt(mapped[2] ?? '', 16);
  return isPrivateV4([24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.'));
}
