package lmnop.controlplane.repositories;

import org.jspecify.annotations.Nullable;

/**
 * What a folder says of itself.
 *
 * @param html made of Markdown, in which nothing of the writer's markup is left; null: it is text
 */
public record Readme(String name, @Nullable String html, String text) {}
