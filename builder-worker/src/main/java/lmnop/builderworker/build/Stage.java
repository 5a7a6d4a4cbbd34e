package lmnop.builderworker.build;

/** What happens to a build on a worker, in running order. */
public enum Stage {
  /** The commit's tree comes from the control plane and is unpacked into the workspace. */
  CHECKOUT,
  /** The template's steps run: dependencies, then what changes the code. */
  TEMPLATE,
  /** The layers are packed into a bundle or an image, which goes to where engines find it. */
  ARTIFACT
}
