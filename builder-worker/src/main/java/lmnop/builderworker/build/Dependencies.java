package lmnop.builderworker.build;

import lmnop.builderworker.artifact.DependencyCache;

/**
 * Where dependencies are kept between builds.
 *
 * @param layers packed, by what declares them
 * @param downloads what package managers keep
 */
public record Dependencies(DependencyCache layers, Downloads downloads) {}
