/* media – our camera, microphone and screen, as far as there are any.
 *
 * A person without a camera, or who says no to the browser's question, can still join. */

const WANTED = {
  audio: { echoCancellation: true, noiseSuppression: true },
  video: { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 24 } },
};

const TROUBLE = {
  NotAllowedError: 'is not allowed by the browser',
  NotFoundError: 'was not found',
  NotReadableError: 'is in use by another program',
};

const DEVICE = { audio: 'microphone', video: 'camera' };

/* Both in one question if possible, since people are asked once; else each by itself. Returns
 * {audio, video, trouble}: a track or null for each, and what to tell the person. */
export async function openDevices() {
  const found = { audio: null, video: null, trouble: [] };
  try {
    const stream = await navigator.mediaDevices.getUserMedia(WANTED);
    [found.audio] = stream.getAudioTracks();
    [found.video] = stream.getVideoTracks();
    return found;
  } catch {
    // one of them is missing or refused; which one is found out below
  }
  for (const kind of ['audio', 'video']) {
    try {
      found[kind] = await openDevice(kind);
    } catch (error) {
      found.trouble.push(error.message);
    }
  }
  return found;
}

/* One track. Rejects with an Error whose message is for people. */
export async function openDevice(kind) {
  if (!navigator.mediaDevices)
    throw new Error(`The ${DEVICE[kind]} needs https, or localhost.`);
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ [kind]: WANTED[kind] });
    return stream.getTracks()[0];
  } catch (error) {
    const what = TROUBLE[error.name] ?? `cannot be used (${error.name})`;
    throw new Error(`The ${DEVICE[kind]} ${what}.`);
  }
}

/* A track of the screen, a window or a tab, as the person picks: {track}, which is null where
 * nothing was picked. needsClick: the browser opens its picker only soon after a click; trouble:
 * what to tell the person. */
export async function openScreen() {
  if (!navigator.mediaDevices?.getDisplayMedia)
    return { track: null, trouble: 'This browser cannot share a screen here.' };
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: true, audio: false });
    const [track] = stream.getVideoTracks();
    track.contentHint = 'detail'; // text has to be sharp more than it has to move
    return { track };
  } catch (error) {
    if (error.name === 'InvalidStateError')
      return { track: null, needsClick: true };
    return {
      track: null,
      trouble: error.name === 'NotAllowedError' ? '' // that was the person's choice
        : `The screen cannot be shared (${error.name}).`,
    };
  }
}
