import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../../real/support/f5.ts';

/** A folder to open in an editor. */
export class Project implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** The sources of samples/shop, without its launch configurations, and `files`: objects are written as JSON. */
  static async ofShop(files: Record<string, string | object> = {}): Promise<Project> {
    const project = new Project(join(await mkdtemp(join(tmpdir(), 'project-')), 'shop'));
    await cp(join(root, 'samples', 'shop'), project.path, { recursive: true });
    await rm(join(project.path, '.vscode'), { recursive: true, force: true });
    for (const [name, content] of Object.entries(files)) await project.write(name, content);
    return project;
  }

  async write(name: string, content: string | object): Promise<void> {
    const file = join(this.path, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  }

  remove(name: string): Promise<void> {
    return rm(join(this.path, name));
  }

  read(name: string): Promise<string> {
    return readFile(join(this.path, name), 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(dirname(this.path), { recursive: true, force: true });
  }
}
