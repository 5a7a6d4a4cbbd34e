package lmnop.provider.scaling;

import java.util.Locale;

/**
 * How many instances of a workload shall run, and why.
 *
 * @param panic whether its load grew so much at once that none of its instances may stop
 */
record Decision(int instances, Reason reason, boolean panic) {
  /** Why it is that many. */
  enum Reason {
    /** They are enough, and not too many. */
    FITS("they fit the load"),
    /** They ran too short a time with less to do, or not everything is known of it. */
    HOLDS("too little is known to stop any"),
    /** Nothing runs; the next request starts it. */
    ASLEEP("it sleeps"),
    LOAD("the load grew"),
    PANIC("the load grew at once"),
    FEWEST("fewer ran than are asked for"),
    CALM("fewer are enough"),
    IDLE("it was idle");

    private final String words;

    Reason(String words) {
      this.words = words;
    }

    /** For a person to read. */
    String words() {
      return words;
    }

    String tag() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
