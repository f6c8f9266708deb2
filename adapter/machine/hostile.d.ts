// The part of `hostile` that is used here; it comes without types.
declare module 'hostile' {
  const hostile: {
    /** Where this system keeps its hosts file. */
    readonly HOSTS: string;
    /** The file's entries as [address, names separated by spaces]; with `preserveFormatting` all other lines too, as text. */
    getFile(path: string, preserveFormatting: boolean): (string | [string, string])[];
  };
  export default hostile;
}
