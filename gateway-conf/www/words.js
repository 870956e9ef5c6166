/* words – what the server's words mean to people. */

const FAREWELL = {
  left: () => 'You have left.',
  kicked: by => by ? `${by} has removed you from the room.` : 'You were removed from the room.',
  banned: by => by ? `${by} has banned you from the room.` : 'You were banned from the room.',
  denied: by => by ? `${by} has not let you in.` : 'You were not let in.',
  room_closed: by => by ? `${by} has closed the room.` : 'The room was closed.',
  replaced: () => 'You have joined from somewhere else; this page is no longer connected.',
  bad_input: () => 'The server could not make sense of what this page sent.',
  draining: () => 'The server is being restarted.',
  slow_consumer: () => 'This connection was too slow to keep up.',
  timeout: () => 'The server has heard nothing from this page for too long.',
  unavailable: () => 'The service is not available just now.',
  expired: () => 'Your token has expired. A new one is needed.',
};

/* Why a connection ended, from the payload of its `bye`. Without `by` it was an operator, or oneself. */
export function farewell({ reason, by, message }) {
  const why = FAREWELL[reason]?.(by?.displayName)
    ?? `The server ended the connection: ${reason}.`;
  return message ? `${why} “${message}”` : why;
}

/* Who goes like this may be back in a moment, and may still be heard meanwhile. */
const LOST = ['closed', 'timeout', 'slow_consumer', 'expired', 'draining', 'unavailable'];

export function isLost(reason) {
  return LOST.includes(reason);
}

const GONE = {
  left: 'has left',
  kicked: 'was removed',
  banned: 'was banned',
};

/* Somebody's `disconnect`. */
export function goneNews({ displayName, reason, by }) {
  const who = by ? ` by ${by.displayName}` : '';
  return `${displayName} ${GONE[reason] ?? 'is gone'}${who}.`;
}
