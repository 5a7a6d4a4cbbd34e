package lmnop.controlplane.templates;

import lmnop.operations.archive.Digest;

/**
 * What a push's template is.
 *
 * @param name its own, also where the push used an alias
 * @param digest of its content, which a worker fetches by it
 */
public record NamedTemplate(String name, Digest digest) {}
