/** Takes a status; says whether another try may be answered otherwise. */
export const isForNow = (status: number): boolean =>
  status === 408 || status === 425 || status === 429 || status >= 500
