package lmnop.builderworker.build;

import java.nio.file.Path;
import lmnop.builderworker.artifact.DependencyCache;

/**
 * Where dependencies are kept between builds.
 *
 * @param layers packed, by what declares them
 * @param downloads what package managers keep, a directory for each owner
 */
public record Dependencies(DependencyCache layers, Path downloads) {}
