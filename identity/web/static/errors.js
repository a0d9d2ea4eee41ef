/** What is thrown where the service refuses a call, or the browser cannot do what is asked. */
export class TrifactorError extends Error {
  /**
   * @param {string} code the service's own, or one of `offline`, `cancelled`, `already_bound`,
   *     `unsupported`, `wrong_site`, `no_device` (no key of this browser will do), `stopped` (by
   *     the caller or the customer), `insecure` (proof of work is asked, and the page did not come
   *     by https), `work_unknown` (of a kind that this file does not know: the page is too old)
   * @param {Record<string, any>} [problem] the service's answer (RFC 9457)
   * @param {number | null} [retryAfter] seconds, where waiting helps
   */
  constructor(code, problem = {}, retryAfter = null) {
    super(problem.title ?? code);
    this.name = "TrifactorError";
    this.code = code;
    this.problem = problem;
    this.status = problem.status ?? 0;
    this.reason = problem.reason ?? null;
    this.retryAfter = retryAfter;
  }
}
