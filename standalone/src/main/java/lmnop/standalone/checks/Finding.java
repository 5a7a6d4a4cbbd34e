package lmnop.standalone.checks;

import lmnop.standalone.terminal.Terminal.Tone;

/**
 * One line of the doctor's report.
 *
 * @param words what was found, and what to do about it if it is not good
 */
record Finding(Weight weight, String words) {
  /** How much a finding matters. */
  enum Weight {
    GOOD("✓", Tone.GOOD),
    COSTS("!", Tone.CAUTION),
    BLOCKS("✗", Tone.BAD);

    final String sign;
    final Tone tone;

    Weight(String sign, Tone tone) {
      this.sign = sign;
      this.tone = tone;
    }
  }

  static Finding good(String words) {
    return new Finding(Weight.GOOD, words);
  }

  static Finding costs(String words) {
    return new Finding(Weight.COSTS, words);
  }

  static Finding blocks(String words) {
    return new Finding(Weight.BLOCKS, words);
  }
}
