import type { Info } from '@temporalio/activity';
import type { LoadedDataConverter, Payload } from '@temporalio/common';
import { attemptOf } from '../tracking/attempt-of';

/** What the SDK passes to converters and codecs as the context, since the versions that have one. */
interface EncodingContext {
  type: 'activity';
  namespace: string;
  activityId: string;
  workflowId: string | undefined;
  isLocal: boolean;
}

/** The methods with that argument, which older versions of the SDK do not declare. */
interface WithContext {
  toPayload(value: unknown, context: EncodingContext): Payload;
  encode(payloads: Payload[], context: EncodingContext): Promise<Payload[]>;
}

/** Encodes values as the SDK encodes those of that attempt. */
export async function encodeValues(
  { payloadConverter, payloadCodecs }: LoadedDataConverter,
  values: unknown[],
  info: Info,
): Promise<Payload[]> {
  const { namespace, workflowId, activityId } = attemptOf(info);
  const context: EncodingContext = { type: 'activity', namespace, activityId, workflowId, isLocal: info.isLocal };
  const converter = payloadConverter as Pick<WithContext, 'toPayload'>;
  let payloads = values.map((value) => converter.toPayload(value, context));
  for (const codec of payloadCodecs as Pick<WithContext, 'encode'>[]) payloads = await codec.encode(payloads, context);
  return payloads;
}
