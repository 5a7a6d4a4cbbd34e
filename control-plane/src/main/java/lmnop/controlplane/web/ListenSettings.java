package lmnop.controlplane.web;

import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where a listener is.
 *
 * @param host an address of this machine; 0.0.0.0 is all of them
 * @param port 0 takes a free one
 */
public record ListenSettings(@DefaultValue("127.0.0.1") String host, int port) {}
