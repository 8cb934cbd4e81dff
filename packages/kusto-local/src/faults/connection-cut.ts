/** Thrown where the rows are read to end the answer without a word: the connection is closed, nothing is reported. */
export class ConnectionCut extends Error {
  override readonly name = 'ConnectionCut';

  constructor() {
    super('the connection is cut here, as a fault rule asks');
  }
}
