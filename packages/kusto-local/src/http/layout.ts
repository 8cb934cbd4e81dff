import { readFlag, readWord, type RawOptions } from '../request-properties/option-values.ts';

/** Where an error that comes after the first row goes (`results_error_reporting_placement`). */
export type ErrorPlacement = 'end_of_dataset' | 'end_of_table' | 'in_data';

/** How a v2 answer is laid out. */
export interface LayoutOptions {
  readonly newlines: boolean;
  readonly fragmented: boolean;
  readonly errorPlacement: ErrorPlacement;
}

const placements = ['in_data', 'end_of_table', 'end_of_dataset'] as const;

/** @throws KustoServiceError */
export function readLayout(options: RawOptions): LayoutOptions {
  return {
    newlines: readFlag(options, 'results_v2_newlines_between_frames'),
    fragmented: readFlag(options, 'results_v2_fragment_primary_tables'),
    errorPlacement: readWord(options, 'results_error_reporting_placement', placements) ?? 'in_data',
  };
}
