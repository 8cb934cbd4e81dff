import type { Protocol } from '../engine/values/encode-rows.ts';
import { errorBody, type RequestIdentity } from '../http/error-body.ts';
import type { FaultAction } from './fault-rule.ts';
import { InjectedFailure } from './injected-failure.ts';

const completionFrame = /^\n?,\{"FrameType":"DataSetCompletion"/;
const statusFrame = /^\n?,\{"FrameType":"DataTable","TableId":\d+,"TableKind":"QueryCompletionInformation"/;
const endV1 = /^\](?:,"Exceptions":.*)?\}$/s;

/** An answer's pieces with the frames broken as a fault asks. Rows are never touched: no piece of theirs begins so. */
export async function* faultyPieces(
  pieces: AsyncIterable<string>,
  protocol: Protocol,
  action: FaultAction,
  identity: RequestIdentity,
  text: string,
): AsyncGenerator<string> {
  const failure = new InjectedFailure(520);
  for await (const piece of pieces) {
    const separator = piece.startsWith('\n') ? '\n,' : ',';
    if (protocol === 'v2' && completionFrame.test(piece)) {
      if (action.missingCompletion === true) continue;
      const errors = JSON.stringify([errorBody(failure, identity, text)]);
      yield action.hasErrors === true
        ? `${separator}{"FrameType":"DataSetCompletion","HasErrors":true,"Cancelled":false,"OneApiErrors":${errors}}`
        : piece;
    } else if (action.malformedFrame === true && statusFrame.test(piece)) {
      yield piece.slice(0, piece.length >> 1);
    } else if (protocol === 'v1' && endV1.test(piece)) {
      if (action.missingCompletion === true || action.malformedFrame === true) continue;
      yield action.hasErrors === true ? `],"Exceptions":${JSON.stringify([failure.message])}}` : piece;
    } else {
      yield piece;
    }
  }
}
