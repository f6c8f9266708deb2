/** Powers of ten, and of two, that the suffixes of the Kubernetes API's quantities stand for. */
const decimal: Record<string, number> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const binary: Record<string, bigint> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };

/**
 * A quantity of the Kubernetes API (`500m`, `1.5Gi`, `1e3`) in units of 10 to the power of `scale` (0: whole
 * ones, -3: thousandths), rounded up as `Quantity.Value` and `Quantity.MilliValue` do; `undefined` when it is
 * none. Source: apimachinery, pkg/api/resource/quantity.go.
 */
export function quantity(text: string, scale: 0 | -3 = 0): bigint | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', power, suffix = '', exponent] = match;
  if (whole + fraction === '') return undefined;
  const digits = BigInt(whole + fraction) << (power === undefined ? 0n : (binary[power] ?? 0n));
  const shift =
    (exponent === undefined ? (decimal[suffix] ?? 0) : Number(exponent)) - fraction.length - scale;
  if (shift >= 0) return (sign === '-' ? -digits : digits) * 10n ** BigInt(shift);
  const unit = 10n ** BigInt(-shift);
  return sign === '-' ? -(digits / unit) : (digits + unit - 1n) / unit;
}
