/** Functions that are known and refused, with the reason that the error gives. */
export const refusedFunctions: ReadonlyMap<string, string> = new Map([
  ['base64_decode_toguid', 'the documented example and the documented inverse contradict each other'],
  ['current_cluster_endpoint', 'the name under which a client reaches this endpoint is not known to it'],
  ['current_principal', 'requests here have no principal'],
  ['current_principal_details', 'requests here have no principal'],
  ['current_principal_is_member_of', 'requests here have no principal'],
  ['geo_info_from_ip_address', 'it needs a database of places'],
  ['gzip_compress_to_base64_string', 'its bytes are those of one compressor, which is not documented'],
  ['parse_user_agent', 'it needs a list of browsers'],
  ['parse_version', 'its decimals have up to 32 digits before the point, and 20 are held here'],
  ['weekofyear', 'its weeks are not those of week_of_year(), and only their first is documented'],
  ['zlib_compress_to_base64_string', 'its bytes are those of one compressor, which is not documented'],
]);
