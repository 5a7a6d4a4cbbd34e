package lmnop.controlplane.configuration;

import lmnop.registry.names.FunctionName;
import org.jspecify.annotations.Nullable;

/**
 * One function of a pushed commit.
 *
 * @param root the folder of the repository that it is made from; empty for the whole
 * @param source the name that git gives to the files of that folder; null where it is the only
 *     function of its repository, which every push builds
 */
public record ConfiguredFunction(
    FunctionName name, String root, FunctionConfiguration configuration, @Nullable String source) {}
