package lmnop.controlplane.repositories;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is at a place: a folder or a file.
 *
 * @param entries of a folder, folders first; null: it is a file
 * @param readme of a folder
 * @param file what is known of a file
 */
public record Shown(
    Position position,
    @Nullable List<Entry> entries,
    boolean more,
    @Nullable Readme readme,
    @Nullable ShownFile file) {}
