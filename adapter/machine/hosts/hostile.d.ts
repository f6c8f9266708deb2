// The part of `hostile` that is used here; it comes without types.
declare module 'hostile' {
  const hostile: {
    /** Where this system keeps its hosts file. */
    readonly HOSTS: string;
  };
  export default hostile;
}
