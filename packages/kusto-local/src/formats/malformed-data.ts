import { KustoServiceError } from '../errors.ts';

/** `BadRequest_MalformedData`: the data of an ingestion cannot be taken apart into records. */
export function malformedData(what: string): KustoServiceError {
  return new KustoServiceError({
    message: `The data to ingest is malformed: ${what}.`,
    code: 'BadRequest_MalformedData',
    type: 'Kusto.DataNode.Exceptions.DataFormatException',
  });
}

/** The longest record, in characters: what has no end in sight is not kept in memory for ever. */
export const maximumRecordLength = 32 * 1024 * 1024;
