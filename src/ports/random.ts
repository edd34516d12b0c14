/** Names that nobody can guess or use twice. */
export interface Random {
  /** Lower case hexadecimal digits. */
  hex(digits: number): string;
}
