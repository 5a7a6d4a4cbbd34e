package lmnop.loadtest.bench.router;

/**
 * One proxy, as clients reach it.
 *
 * @param compiles whether it runs in a virtual machine, which has to get warm
 */
record Proxy(String name, Program program, String url, boolean compiles) {
  static Proxy plain(String name, Program program, int port) {
    return new Proxy(name, program, "http://127.0.0.1:" + port + "/", false);
  }

  static Proxy secure(String name, Program program, int port) {
    return new Proxy(name, program, "https://localhost:" + port + "/", false);
  }

  Proxy compiling() {
    return new Proxy(name, program, url, true);
  }
}
