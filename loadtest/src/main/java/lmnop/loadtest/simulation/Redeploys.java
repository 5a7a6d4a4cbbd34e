package lmnop.loadtest.simulation;

import java.io.IOException;

/** Pushes one revision after the other for as long as a simulation runs. */
final class Redeploys {
  private static final int AT_LEAST = 3;

  private Redeploys() {}

  static Verdict during(Process gatling, Functions functions) {
    String what = "pushes under load ≥ " + AT_LEAST + ", none refused";
    int pushed = 0;
    try {
      while (gatling.isAlive()) {
        functions.push("changing", "redeploy-" + pushed);
        pushed++;
      }
      return new Verdict(what, pushed >= AT_LEAST, String.valueOf(pushed));
    } catch (IOException | IllegalStateException e) {
      return new Verdict(what, false, "after " + pushed + ": " + e.getMessage());
    }
  }
}
