import type { Info } from '@temporalio/activity';
import type { Payload } from '@temporalio/common';
import type { ReaperLog } from './reaper-protocol';

/** Encodes values as a Worker's data converter does; undefined when there are none. */
export interface DetailsEncoder {
  encode(values: unknown[], info: Info): Promise<Payload[] | undefined>;
}

/** Encodes the details of a cancel. They must not be the reason that it is not reported. */
export async function encodeDetails(
  encoder: DetailsEncoder,
  details: unknown[],
  info: Info,
  log: ReaperLog,
): Promise<Payload[] | undefined> {
  if (details.length === 0) return undefined;
  try {
    return await encoder.encode(details, info);
  } catch (error) {
    log('WARN', 'The details of a cancel cannot be encoded: it is reported without them', { error: String(error) });
    return undefined;
  }
}
