// What one tab or the worker writes, the others hear of.

/** A change on this phone: `kind` is records, saved, removed, drafts, packs, party or person; the rest says which. */
export class Change extends Event {
  constructor(detail, isOwn) {
    super("change");
    this.detail = detail;
    this.isOwn = isOwn; // made in this tab, not in another one
  }
}

/** Fires "change" for every write to the store, of this tab and of the others. */
export const changes = new EventTarget();

let channel = null;
if (globalThis.BroadcastChannel) {
  try {
    channel = new BroadcastChannel("gongdi-field");
    channel.onmessage = (event) => {
      if (event.data && typeof event.data.kind === "string") changes.dispatchEvent(new Change(event.data, false));
    };
    channel.unref?.();
  } catch {
    channel = null; // a browser that keeps nothing may refuse this, too
  }
}

/** Tells this tab and the others of a write. */
export function announce(detail) {
  channel?.postMessage(detail);
  changes.dispatchEvent(new Change(detail, true));
}
