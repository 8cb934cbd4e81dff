/** The part of the WebAssembly JavaScript interface that is used here; TypeScript has it only among the browser's types. */
declare namespace WebAssembly {
  const Module: new (bytes: Uint8Array) => object;
  class Instance {
    readonly exports: Readonly<Record<string, unknown>>;
    constructor(module: object);
  }
  class Memory {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Global {
    value: number;
  }
}
