/** Something of this machine that the local process alone sees at another path as well. */
export interface Bind {
  /** A file or folder that lives elsewhere, e.g. in the session's folder; an absolute path. */
  from: string;
  /** Where it is seen: an absolute path, which need not exist on this machine. */
  to: string;
}

/** What the local process sees differently from the rest of this machine. */
export interface Isolation {
  binds: readonly Bind[];
}
