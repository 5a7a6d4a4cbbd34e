package lmnop.controlplane.templates;

import lmnop.operations.archive.Digest;
import lmnop.templates.Template;
import org.jspecify.annotations.Nullable;

/**
 * A template that was read from its source and found good.
 *
 * @param commit of the repository; null for a folder
 */
@SuppressWarnings("ArrayRecordComponent") // it is written and never compared
record ReadTemplate(Template template, byte[] tar, @Nullable String commit) {
  Digest digest() {
    return Digest.of(tar);
  }
}
