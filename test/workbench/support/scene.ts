import { InsidePod, Namespace } from '../../real/support/harness.ts';
import { Project } from './project.ts';
import { Window } from './window.ts';
import { Workbench, type WorkbenchOptions } from './workbench.ts';

export interface SceneOptions extends Omit<WorkbenchOptions, 'folder'> {
  /** More that runs in the namespace. */
  manifests?: object[];
  /** Files of the project, beside the shop's sources; objects are written as JSON. */
  files?: (namespace: string) => Record<string, string | object>;
}

/** The shop in a namespace of its own, a pod that asks it, and its sources in an editor. */
export interface Scene extends AsyncDisposable {
  shop: Namespace;
  inside: InsidePod;
  project: Project;
  workbench: Workbench;
  window: Window;
}

/** Takes about 15 s. `purpose` names the namespace. */
export async function createScene(purpose: string, options: SceneOptions = {}): Promise<Scene> {
  const { manifests = [], files, ...rest } = options;
  const parts: AsyncDisposable[] = [];
  const keep = <T extends AsyncDisposable>(part: T): T => {
    parts.unshift(part);
    return part;
  };
  const dispose = async () => {
    for (const part of parts) await part[Symbol.asyncDispose]();
  };
  try {
    const shop = keep(await Namespace.create(purpose));
    if (manifests.length > 0) {
      await shop.apply(...manifests);
      await shop.available();
    }
    const inside = keep(await InsidePod.start(shop));
    const project = keep(await Project.ofShop(files?.(shop.name)));
    const workbench = keep(await Workbench.start({ ...rest, folder: project.path }));
    const window = new Window(workbench.page);
    return { shop, inside, project, workbench, window, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
