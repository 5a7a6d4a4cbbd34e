package lmnop.builderworker.build;

/** What of {@link Stage#TEMPLATE} may take long, and is timed by itself. */
enum TemplatePart {
  /** The dependencies are fetched, or found to be there. */
  DEPENDENCIES,
  /** The template's build steps run, or the Dockerfile's. */
  BUILD
}
