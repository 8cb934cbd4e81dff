import { describe, it } from 'node:test';
import { checkRefusals, checkValues } from '../../testing/cases.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('addresses', () => {
  const harness = testHarness([]);

  it('IPv4', async () => {
    await checkValues(harness, {
      "ipv4_compare('192.168.1.0', '192.168.1.0')": '0',
      "ipv4_compare('192.168.1.1/24', '192.168.1.255')": '0',
      "ipv4_compare('192.168.1.1/30', '192.168.1.255/24')": '0',
      "ipv4_compare('192.168.1.1', '192.168.1.0', 31)": '0',
      "ipv4_compare('10.0.0.2', '10.0.0.1')": '1',
      "ipv4_compare('10.0.0.1', '10.0.0.2')": '-1',
      "ipv4_compare('200.0.0.1', '10.0.0.2')": '1',
      "ipv4_compare('10.0.0.256', '10.0.0.2')": 'null',
      "ipv4_compare('10.0.0.1', '10.0.0.2', 33)": 'null',
      "ipv4_is_match('192.168.1.1/24', '192.168.1.255')": 'true',
      "ipv4_is_match('192.168.1.1', '192.168.2.1', 24)": 'false',
      "ipv4_is_match('x', '192.168.2.1')": 'null',
      "ipv4_is_in_range('192.168.1.1', '192.168.1.255/24')": 'true',
      "ipv4_is_in_range('192.168.2.1', '192.168.1.255/24')": 'false',
      "ipv4_is_in_range('192.168.2', '192.168.1.255/24')": 'null',
      "ipv4_is_in_any_range('192.168.1.6', '192.168.1.1/24', '10.0.0.1/8', '127.1.0.1/16')": 'true',
      "ipv4_is_in_any_range('127.0.0.1', dynamic(['127.0.0.1', '192.168.1.1']))": 'true',
      "ipv4_is_in_any_range('1.1.1.1', dynamic(['127.0.0.1/8']))": 'false',
      "ipv4_is_private('192.168.1.1/24')": 'true',
      "ipv4_is_private('172.31.0.1')": 'true',
      "ipv4_is_private('172.32.0.1')": 'false',
      "ipv4_is_private('127.0.0.1')": 'false',
      "ipv4_is_private('')": 'null',
      "ipv4_netmask_suffix('10.1.2.3')": '32',
      "ipv4_netmask_suffix('192.168.1.1/24')": '24',
      "ipv4_netmask_suffix('192.168.1.1/33')": 'null',
      "ipv4_range_to_cidr_list('1.1.128.0', '1.1.140.255')": '["1.1.128.0/21","1.1.136.0/22","1.1.140.0/24"]',
      "ipv4_range_to_cidr_list('0.0.0.0', '255.255.255.255')": '["0.0.0.0/0"]',
      "ipv4_range_to_cidr_list('10.0.0.1', '10.0.0.1')": '["10.0.0.1/32"]',
      "parse_ipv4('192.168.1.1')": '3232235777',
      "parse_ipv4('192.168.1.1/24')": '3232235776',
      "parse_ipv4('255.255.255.255/31')": '4294967294',
      "parse_ipv4('a')": 'null',
      "parse_ipv4_mask('127.0.0.1', 24)": '2130706432',
      "format_ipv4('192.168.1.1', 24)": "'192.168.1.0'",
      "format_ipv4('192.168.1.1/24', 32)": "'192.168.1.0'",
      "format_ipv4('192.168.1.1/24', long(-1))": "''",
      'format_ipv4(3232236031, 24)': "'192.168.1.0'",
      "format_ipv4_mask('192.168.1.1', 24)": "'192.168.1.0/24'",
      "format_ipv4_mask('192.168.1.1/24', 32)": "'192.168.1.0/24'",
    });
  });

  it('IPv6', async () => {
    await checkValues(harness, {
      "ipv6_compare('192.168.1.1', '::ffff:c0a8:0101')": '0',
      "ipv6_compare('::192.168.1.1/30', '192.168.1.255/24')": '0',
      "ipv6_compare('fe80::85d:e82c:9446:7994', 'fe80::85d:e82c:9446:7995')": '-1',
      "ipv6_compare('fe80::85d:e82c:9446:7994', 'fe80::85d:e82c:9446:7995', 127)": '0',
      "ipv6_compare('fe80:::1', '::1')": 'null',
      "ipv6_is_match('fe80::85d:e82c:9446:7994/120', 'fe80::85d:e82c:9446:7998')": 'true',
      "ipv6_is_match('::192.168.1.1/30', '192.168.1.255/24', 127)": 'true',
      "ipv6_is_in_range('a5e:f127:8a9d:146d:e102:b5d3:c755:abcd', 'a5e:f127:8a9d:146d:e102:b5d3:c755:0000/112')":
        'true',
      "ipv6_is_in_range('a5e:f127:8a9d:146d:e102:b5d3:c755:abcd', '0:0:0:0:0:ffff:c0a8:ac/60')": 'false',
      "ipv6_is_in_any_range('a5e:f127:8a9d:146d:e102:b5d3:c756:abd1', dynamic(['a5e:f127:8a9d:146d:e102:b5d3:c755:f6cd/112', '0:0:0:0:0:ffff:c0a8:ac/60']))":
        'false',
      "parse_ipv6('192.168.255.255/24')": "'0000:0000:0000:0000:0000:ffff:c0a8:ff00'",
      "parse_ipv6('fe80::85d:e82c:9446:7994')": "'fe80:0000:0000:0000:085d:e82c:9446:7994'",
      "parse_ipv6('1::2::3')": "''",
      "parse_ipv6_mask('192.168.255.255', 120)": "'0000:0000:0000:0000:0000:ffff:c0a8:ff00'",
      "parse_ipv6_mask('fe80::85d:e82c:9446:7994/120', 124)": "'fe80:0000:0000:0000:085d:e82c:9446:7900'",
      "parse_ipv6_mask('::192.168.255.255', 128)": "'0000:0000:0000:0000:0000:ffff:c0a8:ffff'",
    });
  });

  it('in texts', async () => {
    await checkValues(harness, {
      "has_ipv4('05:04:54 127.0.0.1 GET /favicon.ico 404', '127.0.0.1')": 'true',
      "has_ipv4('05:04:54 127.0.0.256 GET /favicon.ico 404', '127.0.0.256')": 'false',
      "has_ipv4('05:04:54127.0.0.1 GET /favicon.ico 404', '127.0.0.1')": 'false',
      "has_ipv4('from 10.1.2.3:1234', '10.1.2.3')": 'true',
      "has_ipv4('from 10.1.2.34', '10.1.2.3')": 'false',
      "has_ipv4_prefix('05:04:54 127.0.0.1 GET', '127.0.')": 'true',
      "has_ipv4_prefix('05:04:54 127.0.0.1 GET', '127.0')": 'false',
      "has_ipv4_prefix('05:04:54 127.0.0.1 GET', '127.0.0.1')": 'true',
      "has_ipv4_prefix('05:04:54 127.0.0.256 GET', '127.0.')": 'false',
      "has_any_ipv4('05:04:54 127.0.0.1 GET', '127.0.0.1', '127.0.0.2')": 'true',
      "has_any_ipv4('05:04:54 127.0.0.1 GET', dynamic(['127.0.0.3', '127.0.0.2']))": 'false',
      "has_any_ipv4_prefix('05:04:54 127.0.0.1 GET', '127.1.', '192.')": 'false',
      "has_any_ipv4_prefix('05:04:54 127.0.0.1 GET', dynamic(['127.0.', '192.']))": 'true',
    });
  });

  it('refuses what it does not know', () => {
    checkRefusals(harness, {
      "print geo_info_from_ip_address('1.1.1.1')": ['SEM0001', /database of places/],
      'print format_ipv4(true)': ['SEM0100', /text or a number/],
    });
  });
});
