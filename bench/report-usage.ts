/** Preloaded into a measured process: answers its parent's question what it has used so far. */
process.on('message', (message) => {
  if (message !== 'usage') return;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.send?.({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakRssMb: maxRSS / 1024 });
});
// Being asked must not keep a program alive that is through.
process.channel?.unref();
