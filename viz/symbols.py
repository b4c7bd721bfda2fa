"""Signs of mathematics and their names in LaTeX: one table, read from names to signs and from signs to names."""

from __future__ import annotations

_LETTERS = """
    alpha α  beta β  gamma γ  delta δ  varepsilon ε  epsilon ϵ  zeta ζ  eta η  theta θ  vartheta ϑ  iota ι  kappa κ
    lambda λ  mu μ  nu ν  xi ξ  pi π  rho ρ  sigma σ  varsigma ς  tau τ  upsilon υ  varphi φ  phi ϕ  chi χ  psi ψ
    omega ω  ell ℓ  hbar ℏ
"""
_SIGNS = """
    Gamma Γ  Delta Δ  Theta Θ  Lambda Λ  Xi Ξ  Pi Π  Sigma Σ  Upsilon Υ  Phi Φ  Psi Ψ  Omega Ω
    partial ∂  nabla ∇  infty ∞  sum ∑  prod ∏  int ∫  surd √  emptyset ∅  forall ∀  exists ∃  top ⊤  bot ⊥  prime ′
    times ×  div ÷  cdot ·  pm ±  mp ∓  odot ⊙  oplus ⊕  ominus ⊖  otimes ⊗  ast ∗  circ ∘  bullet •  star ⋆  cup ∪
    cap ∩  wedge ∧  vee ∨  neg ¬  dagger †  ddagger ‡  mid ∣  langle ⟨  rangle ⟩  ldots …  cdots ⋯  vdots ⋮
    approx ≈  equiv ≡  sim ∼  simeq ≃  neq ≠  leq ≤  geq ≥  ll ≪  gg ≫  propto ∝  in ∈  notin ∉  subset ⊂  supset ⊃
    to →  leftarrow ←  uparrow ↑  downarrow ↓  leftrightarrow ↔  Rightarrow ⇒  Leftarrow ⇐  Leftrightarrow ⇔  mapsto ↦
    triangle △  clubsuit ♣  diamondsuit ♢  heartsuit ♡  spadesuit ♠
"""
_SYNONYMS = """
    rightarrow →  gets ←  le ≤  ge ≥  ne ≠  dots …  Vert ‖  lVert ‖  rVert ‖  | ‖  vert |  lvert |  rvert |  lbrace {
    rbrace }  { {  } }  % %  # #  & &  _ _
"""
# Accents by their combining characters: in mathematics, in text.
_ACCENTS = """
    0300 grave `    0301 acute '    0302 hat ^      0303 tilde ~    0304 bar =    0306 breve u
    0307 dot .      0308 ddot "     030A mathring r 030C check v    20D7 vec -
"""


def _read(table: str) -> dict[str, str]:
    words = table.split()
    return dict(zip(words[::2], words[1::2], strict=True))


LETTERS, SIGNS = _read(_LETTERS), _read(_SIGNS)  # lower-case letters are italic
NAMED = LETTERS | SIGNS | _read(_SYNONYMS)
NAMES = {sign: name for name, sign in (LETTERS | SIGNS).items()} | {"‖": "|", "µ": "mu", "⋅": "cdot"}

_ROWS = [_ACCENTS.split()[k : k + 3] for k in range(0, len(_ACCENTS.split()), 3)]
MATH_ACCENTS = {name: chr(int(code, 16)) for code, name, _ in _ROWS}
ACCENT_NAMES = {mark: name for name, mark in MATH_ACCENTS.items()}
TEXT_ACCENTS = {chr(int(code, 16)): command for code, _, command in _ROWS if command != "-"}
