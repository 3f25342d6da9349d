mod all;
mod case;
mod mark;
