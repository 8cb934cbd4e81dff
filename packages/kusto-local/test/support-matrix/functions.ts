/**
 * The names of KQL's functions, by family: the parser's tables without what they hide or mark as internal, in the families of
 * the reference's overviews (scalar-functions, aggregation-functions).
 */
function names(text: string): readonly string[] {
  return text.split(' ');
}

export const scalarFunctions: Readonly<Record<string, readonly string[]>> = {
  'IP addresses': names(
    `format_ipv4 format_ipv4_mask has_any_ipv4 has_any_ipv4_prefix has_ipv4 has_ipv4_prefix ipv4_compare ipv4_is_in_any_range ipv4_is_in_range ipv4_is_match ipv4_is_private ipv4_netmask_suffix ipv4_range_to_cidr_list ipv6_compare ipv6_is_in_any_range ipv6_is_in_range ipv6_is_match`,
  ),
  binary: names(
    `binary_and binary_not binary_or binary_shift_left binary_shift_right binary_xor bitset_count_ones`,
  ),
  conditional: names(`assert case coalesce iff iif isempty isnotempty isnotnull isnull max_of min_of`),
  conversion: names(
    `gettype tobool toboolean todatetime todecimal todouble todynamic toguid toint tolong toreal tostring totimespan`,
  ),
  'datetime and timespan': names(
    `ago datetime_add datetime_diff datetime_list_timezones datetime_local_to_utc datetime_part datetime_utc_to_local dayofmonth dayofweek dayofyear endofday endofmonth endofweek endofyear format_datetime format_timespan getmonth getyear hourofday make_datetime make_timespan monthofyear now startofday startofmonth startofweek startofyear unixtime_microseconds_todatetime unixtime_milliseconds_todatetime unixtime_nanoseconds_todatetime unixtime_seconds_todatetime week_of_year`,
  ),
  dynamic: names(
    `array_concat array_iff array_index_of array_length array_reverse array_rotate_left array_rotate_right array_shift_left array_shift_right array_slice array_sort_asc array_sort_desc array_split bag_has_key bag_keys bag_merge bag_pack bag_pack_columns bag_remove_keys bag_set_key bag_zip column_names_of dynamic_to_json jaccard_index pack_all pack_array parse_json range repeat set_difference set_equals set_has_element set_intersect set_union treepath zip`,
  ),
  geospatial: names(
    `geo_angle geo_azimuth geo_closest_point_on_line geo_closest_point_on_polygon geo_distance_2points geo_distance_point_to_line geo_distance_point_to_polygon geo_from_wkt geo_geohash_neighbors geo_geohash_to_central_point geo_geohash_to_polygon geo_h3cell_children geo_h3cell_level geo_h3cell_neighbors geo_h3cell_parent geo_h3cell_rings geo_h3cell_to_central_point geo_h3cell_to_polygon geo_info_from_ip_address geo_intersection_2lines geo_intersection_2polygons geo_intersection_line_with_polygon geo_intersects_2lines geo_intersects_2polygons geo_intersects_line_with_polygon geo_line_buffer geo_line_centroid geo_line_densify geo_line_interpolate_point geo_line_length geo_line_locate_point geo_line_simplify geo_line_to_s2cells geo_point_buffer geo_point_in_circle geo_point_in_polygon geo_point_to_geohash geo_point_to_h3cell geo_point_to_s2cell geo_polygon_area geo_polygon_buffer geo_polygon_centroid geo_polygon_densify geo_polygon_perimeter geo_polygon_simplify geo_polygon_to_h3cells geo_polygon_to_s2cells geo_s2cell_neighbors geo_s2cell_to_central_point geo_s2cell_to_polygon geo_simplify_polygons_array geo_union_lines_array geo_union_polygons_array`,
  ),
  graph: names(`all any inner_nodes labels map node_degree_in node_degree_out node_id`),
  hash: names(`hash hash_combine hash_many hash_md5 hash_sha1 hash_sha256 hash_xxhash64`),
  identifiers: names(`new_guid`),
  mathematical: names(
    `abs acos around asin atan atan2 beta_cdf beta_inv beta_pdf cos cot degrees erf erfc exp exp10 exp2 gamma isfinite isinf isnan log log10 log2 loggamma not pi pow radians rand round sign sin sqrt tan welch_test`,
  ),
  metadata: names(
    `column_ifexists current_cluster_endpoint current_database current_principal current_principal_details current_principal_is_member_of cursor_after cursor_before_or_at cursor_current estimate_data_size extent_id extent_tags ingestion_time row_id`,
  ),
  rounding: names(`bin bin_at ceiling floor`),
  'scalar aggregation': names(
    `dcount_hll hll_merge merge_tdigest percentile_tdigest percentiles_array_tdigest percentrank_tdigest rank_tdigest tdigest_merge`,
  ),
  series: names(
    `series_abs series_acos series_add series_asin series_atan series_ceiling series_cos series_cosine_similarity series_decompose series_decompose_anomalies series_decompose_forecast series_divide series_dot_product series_equals series_exp series_fft series_fill_backward series_fill_const series_fill_forward series_fill_linear series_fir series_fit_2lines series_fit_2lines_dynamic series_fit_line series_fit_line_dynamic series_fit_poly series_floor series_greater series_greater_equals series_ifft series_iir series_less series_less_equals series_log series_magnitude series_multiply series_not_equals series_outliers series_pearson_correlation series_periods_detect series_periods_validate series_pow series_product series_seasonal series_sign series_sin series_stats series_stats_dynamic series_subtract series_sum series_tan`,
  ),
  string: names(
    `array_strcat base64_decode_toarray base64_decode_toguid base64_decode_tostring base64_encode_fromarray base64_encode_fromguid base64_encode_tostring countof extract extract_all extract_json extractjson format_bytes gzip_compress_to_base64_string gzip_decompress_from_base64_string has_any_index indexof indexof_regex isascii isutf8 parse_command_line parse_csv parse_ipv4 parse_ipv4_mask parse_ipv6 parse_ipv6_mask parse_path parse_url parse_urlquery parse_user_agent parse_version parse_xml punycode_domain_from_string punycode_domain_to_string punycode_from_string punycode_to_string regex_quote replace_regex replace_string replace_strings reverse split strcat strcat_array strcat_delim strcmp string_size strlen strrep substring tohex tolower toupper translate trim trim_end trim_start unicode_codepoints_from_string unicode_codepoints_to_string url_decode url_encode url_encode_component zlib_compress_to_base64_string zlib_decompress_from_base64_string`,
  ),
  'units conversion': names(
    `convert_angle convert_energy convert_force convert_length convert_mass convert_speed convert_temperature convert_volume`,
  ),
  'window scalar': names(`next prev row_cumsum row_number row_rank_dense row_rank_min row_window_session`),
};

export const aggregateFunctions: Readonly<Record<string, readonly string[]>> = {
  binary: names(`binary_all_and binary_all_or binary_all_xor`),
  dynamic: names(
    `buildschema make_bag make_bag_if make_list make_list_if make_list_with_nulls make_set make_set_if`,
  ),
  'row selector': names(`arg_max arg_min take_any take_anyif`),
  statistical: names(
    `avg avgif count count_distinct count_distinctif countif covariance covarianceif covariancep covariancepif dcount dcountif hll hll_if hll_merge max maxif merge_tdigest min minif percentile percentiles percentiles_array percentilesw percentilesw_array percentilew stdev stdevif stdevp sum sumif tdigest tdigest_merge variance varianceif variancep variancepif`,
  ),
};

export const plugins: readonly string[] = names(
  `active_users_count activity_counts_metrics activity_engagement activity_metrics ai_chat_completion ai_chat_completion_prompt ai_embeddings autocluster azure_digital_twins_query_request bag_unpack basket cosmosdb_sql_request csharp dcount_intersect diffpatterns estimate_rows_count execute_query execute_show_command external_datatable funnel_sequence funnel_sequence_completion geo_line_lookup geo_polygon_lookup http_request http_request_post identity identity_v3 infer_storage_schema infer_storage_schema_with_suggestions ipv4_lookup ipv6_lookup mysql_request narrow new_activity_metrics pivot preview python r rolling_percentile rows_near sequence_detect session_count sliding_window_counts sql_request`,
);

/** Functions that stand for tables, databases and clusters: they are listed among the sources of rows. */
export const sourceFunctions: readonly string[] = names(
  'cluster database entity_group external_table graph materialized_view stored_query_result table',
);

/** Families outside what this endpoint sets out to execute: they do not count in the shares. */
export const excludedFamilies: ReadonlySet<string> = new Set([
  'geospatial',
  'graph',
  'series',
  'machine learning',
]);
