/** @file Addresses of Redis. */

/** An address without its password. */
export function publicUrl(url: string): string {
  if (!URL.canParse(url)) return url;
  const address = new URL(url);
  if (address.password) address.password = '***';
  return address.href;
}
