package lmnop.controlplane.configuration;

import lmnop.registry.names.FunctionName;

/**
 * One function of a pushed commit.
 *
 * @param root the folder of the repository that it is made from; empty for the whole
 */
public record ConfiguredFunction(
    FunctionName name, String root, FunctionConfiguration configuration) {}
