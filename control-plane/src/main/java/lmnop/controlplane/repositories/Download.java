package lmnop.controlplane.repositories;

import lmnop.controlplane.web.Crossing;

/**
 * Bytes that are sent as they are.
 *
 * @param fileName under which a browser keeps them; plain characters only
 * @param length in bytes; negative where it is not known before
 */
public record Download(String fileName, String type, long length, Crossing.Writing writing) {}
