package lmnop.images;

import lmnop.operations.archive.Digest;
import tools.jackson.databind.JsonNode;

/**
 * What a manifest says of a part of the image.
 *
 * @param size bytes
 */
public record Descriptor(String mediaType, Digest digest, long size) {
  static Descriptor of(JsonNode node) {
    long size = node.path("size").asLong(-1);
    if (size < 0) {
      throw new IllegalArgumentException("a part of it has no size");
    }
    return new Descriptor(
        node.path("mediaType").asString(""), Digest.parse(node.path("digest").asString("")), size);
  }
}
