import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPrivateAddress } from '../../../src/sync/private-address';

const PRIVATE = [
  ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.255.255.254'],
  ...['169.254.169.254', '172.16.0.1', '172.31.255.255', '192.168.1.1', '198.18.0.1'],
  ...['224.0.0.1', '240.0.0.1', '255.255.255.255', '192.0.2.1'],
  ...['::', '::1', '[::1]', 'fc00::1', 'fd12:3456::1', 'fe80::1', 'fe80::1%eth0', 'ff02::1'],
  ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::127.0.0.1', '0:0:0:0:0:ffff:c0a8:101'],
  ...['64:ff9b::10.0.0.1', '64:ff9b:1::1', '2002:7f00:1::', '2002:a9fe:a9fe::1', '2001::1'],
  ...['::ffff:0:10.0.0.1', '2001:db8::1', 'localhost', '', '127.1'],
];
const PUBLIC = [
  ...['1.1.1.1', '8.8.8.8', '100.63.255.255', '100.128.0.0', '172.15.255.255', '172.32.0.0'],
  ...['169.253.0.1', '192.167.255.255', '223.255.255.255', '2606:4700:4700::1111'],
  ...['::ffff:8.8.8.8', '64:ff9b::808:808', '2002:808:808::1', '2a00:1450::1', '[2a00::1]'],
];

for (const address of PRIVATE) {
  test(`${address || 'an empty text'} is private`, () => assert.ok(isPrivateAddress(address)));
}
for (const address of PUBLIC) {
  test(`${address} is public`, () => assert.ok(!isPrivateAddress(address)));
}
