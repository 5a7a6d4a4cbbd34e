package lmnop.controlplane.git;

/** How an attempt to move a ref ended. */
public enum RefMove {
  /** It points to the wanted commit now, or did so already. */
  MOVED,
  /** It points to a commit that the wanted one does not include: fetch first. */
  OVERTAKEN
}
