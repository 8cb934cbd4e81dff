/** Why a part of the language is refused; by name, as in `functions.ts` and `operators.ts`. */
function because(reason: string, names: string): readonly (readonly [string, string])[] {
  return names.split(', ').map((name) => [name, reason]);
}

export const refusals: Readonly<Record<string, string>> = Object.fromEntries([
  ...because(
    'nobody signs in here',
    'current_principal, current_principal_details, current_principal_is_member_of',
  ),
  ...because('extents have no tags here', 'extent_tags'),
  ...because('rows have no number of their own here', 'row_id'),
  ...because(
    'queries reach no network',
    'cluster(), external_table(), externaldata, ai_chat_completion, ai_chat_completion_prompt, ai_embeddings, azure_digital_twins_query_request, cosmosdb_sql_request, external_datatable, http_request, http_request_post, infer_storage_schema, infer_storage_schema_with_suggestions, mysql_request, sql_request',
  ),
  ...because('other languages are not run', 'csharp, python, r'),
  ...because(
    'an analysis of users or sequences; write it with summarize and join',
    'active_users_count, activity_counts_metrics, activity_engagement, activity_metrics, dcount_intersect, funnel_sequence, funnel_sequence_completion, new_activity_metrics, rolling_percentile, rows_near, sequence_detect, session_count, sliding_window_counts',
  ),
  ...because('not in the reference', 'estimate_rows_count, execute_query, identity, identity_v3'),
  ...because('send the command as a request of its own', 'execute_show_command'),
  ...because('there is one cluster and nothing to secure', 'alias, restrict access'),
  ...because('the language of patterns is not executed', 'declare pattern'),
  ...because('there are no entity groups', 'entity_group(), macro-expand'),
  ...because('graphs are left out', 'graph()'),
  ...because('name the tables and columns', 'search, find'),
  ...because('it makes several results of one', 'preview'),
  ...because('a join over ranges of addresses; write it with ipv4_is_in_range()', 'ipv4_lookup, ipv6_lookup'),
  ...because('its answer is the schema of the query, not a value', 'column_names_of'),
  ...because('a query that answers nothing', 'consume'),
  ...because('steps over rows are not executed', 'scan'),
  ...because('not in the reference of operators', 'assert-schema'),
  ...because('name the columns in project', 'project-by-names'),
]);
