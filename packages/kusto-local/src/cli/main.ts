// Before anything uses the thread pool: a query occupies a thread of it while it works, and with the standard four, four
// long queries would leave none for commands, other queries or the compression of answers.
process.env['UV_THREADPOOL_SIZE'] ??= '64';
const { startCli } = await import('./cli.ts');

await startCli(process.argv, process.env);
