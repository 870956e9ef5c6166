/* stopped – processes that stand still while something is done: they are there, and answer nobody. */

export async function withStopped(pids, run) {
  for (const pid of pids)
    process.kill(pid, 'SIGSTOP');
  try {
    await run();
  } finally {
    for (const pid of pids)
      process.kill(pid, 'SIGCONT');
  }
}
